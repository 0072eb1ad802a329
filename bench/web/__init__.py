"""What the web does under load: streams beside REST, and how quick it answers."""
