"""The vocabulary every room shares: messages, the slice contract, the show fold, money and time. No I/O."""
