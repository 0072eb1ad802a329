"""The public face for programs: Flask, REST and OpenAPI."""
