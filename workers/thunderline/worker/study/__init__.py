"""The Optuna studies of one bridge, in one process that loads Optuna and each study once.

serve.py          the loop: one JSON line in, one out
ask_storage.py    what an ask reads and writes, in few statements
studies.py        ask, report and tell, each safe to repeat
specification.py  the search space and the objective of a study, as the bridge sends them
samplers.py       the sampler of one trial
storage.py        Optuna's tables in Postgres
"""
