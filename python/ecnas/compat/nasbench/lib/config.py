"""NAS-Bench-101's settings, with their published names and defaults."""

from __future__ import annotations

from typing import Any

# The order gives operations their labels in the hash: 0, 1, 2.
AVAILABLE_OPERATIONS = ("conv3x3-bn-relu", "conv1x1-bn-relu", "maxpool3x3")
MAX_VERTICES = 7
MAX_EDGES = 9


def build_config() -> dict[str, Any]:
    """The published defaults as a new dict, which may be changed.

    `NASBench` sets `module_vertices`, `max_edges`, `num_repeats` and the sizes of the network to
    its table's. The keys on training and devices are kept so that scripts find them; nothing here
    reads them.
    """
    return {
        # Images, for making a data set.
        "train_data_files": [],
        "valid_data_file": "",
        "test_data_file": "",
        "sample_data_file": "",
        "data_format": "channels_last",
        "num_labels": 10,
        # The space.
        "module_vertices": MAX_VERTICES,
        "max_edges": MAX_EDGES,
        "available_ops": list(AVAILABLE_OPERATIONS),
        # The network and its training.
        "stem_filter_size": 128,
        "num_stacks": 3,
        "num_modules_per_stack": 3,
        "batch_size": 256,
        "train_epochs": 108,
        "train_seconds": 14400.0,
        "learning_rate": 0.1,
        "lr_decay_method": "COSINE_BY_STEP",
        "momentum": 0.9,
        "weight_decay": 1e-4,
        "max_attempts": 5,
        "intermediate_evaluations": ["0.5"],
        "num_repeats": 3,
        # Devices.
        "use_tpu": True,
        "tpu_iterations_per_loop": 100,
        "tpu_num_shards": 2,
    }
