// Within a site's page, before anything of it is shown: the colours that the visitor's system asks for, and a word to
// somebody who opened the file without a server.
{
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const follow = () => document.body.classList.toggle("dark", dark.matches);
  dark.addEventListener("change", follow);
  follow();
  document.getElementById("unserved")?.toggleAttribute("hidden", location.protocol !== "file:");
}
