"""What an answer means, and asking again."""
