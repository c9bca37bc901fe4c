// What the page's JavaScript must keep to, beside its types: see tsconfig.json.
import js from "@eslint/js";
import globals from "globals";

export default [
  { ignores: ["**/*", "!**/", "!ui/**/*.js", "!eslint.config.js", ".venv/", "runs/"] },
  js.configs.recommended,
  {
    files: ["ui/**/*.js"],
    languageOptions: { globals: globals.browser },
  },
  {
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      curly: ["error", "multi-line"],
      eqeqeq: "error",
      "max-len": ["error", { code: 120 }],
      "no-var": "error",
      "no-warning-comments": [
        "error",
        { terms: ["@ts-ignore", "@ts-nocheck", "@ts-expect-error"], location: "anywhere" },
      ],
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-template": "error",
    },
  },
];
