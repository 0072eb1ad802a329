"""The screen of the network operations centre: Dash on the same Flask app."""
