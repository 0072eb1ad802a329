"""What the dashboard weighs, how long it takes to show itself, and how quickly it follows the fleet."""
