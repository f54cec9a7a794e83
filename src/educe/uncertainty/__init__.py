"""From the triangle: covariance, intervals, bands, residual tests, what cannot be determined."""
