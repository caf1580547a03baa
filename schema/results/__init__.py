"""Results: their status and dates, the papers and scripts behind them, and enquiries about them."""
