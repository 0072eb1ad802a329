"""The menus of the routers, a file for each subject; a new file is a new menu."""
