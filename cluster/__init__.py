"""The composition root: the command line, the embedded servers, the runtime and the web server."""
