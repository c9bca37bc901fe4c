"""The page in Firefox and in WebKit, driven by WebDriver's commands; `python -m tests.browser.engines`."""
