"""Metrics of the machine and the process, under `system/`. Off unless `Client(system_metrics=True)`."""
