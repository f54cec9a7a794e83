"""Networks as formulas: activations, forward pass, the gradient by the chain rule, symbols of the weights."""

from educe.network.activations import ACTIVATIONS, Activation, activation_named
from educe.network.architecture import Architecture
from educe.network.forward import forward, layer_values
from educe.network.gradient import loss_and_gradient
from educe.network.initialise import INITIALISATIONS, initialise
from educe.network.jacobian import jacobian
from educe.network.losses import LOSSES, Loss, loss_named
from educe.network.network import Network

__all__ = [
    "ACTIVATIONS",
    "INITIALISATIONS",
    "LOSSES",
    "Activation",
    "Architecture",
    "Loss",
    "Network",
    "activation_named",
    "forward",
    "initialise",
    "jacobian",
    "layer_values",
    "loss_and_gradient",
    "loss_named",
]
