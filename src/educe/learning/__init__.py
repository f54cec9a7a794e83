"""Learning a function from measurements: choose a network, train it, say how far it can be trusted."""
