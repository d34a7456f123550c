"""The rules, pure: what may become of a message, whom it may reach, and when. Time comes in as `now`."""
