"""Where networks win and where they lose, run anew."""
