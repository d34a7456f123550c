"""What operators see and do of dead letters: by JSON and by pages."""
