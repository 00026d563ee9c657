"""The client of a training loop; `from thunderline import Client` is its public name."""
