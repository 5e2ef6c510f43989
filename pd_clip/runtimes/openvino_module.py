"""The one door through which OpenVINO is imported.

`import openvino` reports its own import over the network through openvino-telemetry. A None in
`sys.modules` makes that package look absent, and OpenVINO then uses its own silent stand-in.
"""

import sys
from typing import Any


def openvino() -> Any:
    """The openvino module, imported so that nothing is reported."""
    if "openvino" not in sys.modules and "openvino_telemetry" not in sys.modules:
        sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]
    import openvino as module

    return module
