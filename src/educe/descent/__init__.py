"""Descending the gradient: rules, schedules, batches, the epoch loop; Levenberg-Marquardt of many starts."""
