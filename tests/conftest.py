"""Types and shapes in signatures are enforced in every test: this must be in place before `lightcnn` is imported."""

import signal
from typing import Any, Self

import torch
from beartype import BeartypeConf, FrozenDict, beartype
from hypothesis import settings
from jaxtyping import install_import_hook
from pydantic import ModelWrapValidatorHandler

# beartype sees a method without its class, and so cannot tell what Self is.
checked = beartype(conf=BeartypeConf(hint_overrides=FrozenDict({Self: Any, ModelWrapValidatorHandler[Self]: Any})))

# On tensors this small a second thread only waits, the more so beside other work.
torch.set_num_threads(1)

# A shell has what it starts with `&` ignore Ctrl-C, and so all that is started from there.
signal.signal(signal.SIGINT, signal.default_int_handler)

# How long an example takes says more of the machine than of the code.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

install_import_hook("lightcnn", "tests.conftest.checked")
