"""The pages of request windows for the staff: planned, followed step by step, seen to where people are needed."""
