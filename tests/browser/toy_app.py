"""The app with the toys in its registries: `-m tests.browser.toy_app FLAGS`."""

from tests.toys.registering import registered_toys

if __name__ == "__main__":
    with registered_toys():
        from ui.command import main

        main()
