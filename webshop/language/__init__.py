"""What a shopper reads: sentences in their language, and amounts and dates as it writes them."""
