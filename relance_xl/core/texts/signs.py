"""What a row's status begins with where it only tells something."""

#: The row can be sent all the same.
TOLD_SIGN = "⚠"
