"""What one router keeps and does: files, accounts, history, schedules, restarts, each a part of it."""
