"""The attack on the public face: what is not yours must be as if it were not there, whatever the server declares."""
