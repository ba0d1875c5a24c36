"""Callbacks within the real frameworks; each test is skipped where its framework is not there."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys

import numpy as np
import pytest

import ecnas
from ecnas import callbacks


def names_of(measurement):
    return [span.name for span in measurement.spans]


def expect_spans_to_add_up(measurement):
    assert measurement.energy_kwh > 0
    assert all(span.is_complete for span in measurement.spans)
    outermost = sum(span.energy_kwh for span in measurement.spans if span.depth == 0)
    assert outermost <= measurement.energy_kwh * (1 + 1e-9)


@pytest.mark.parametrize(
    ("name", "modules", "package"),
    [
        ("HuggingFace", ["transformers"], "transformers"),
        ("Lightning", ["lightning.pytorch", "pytorch_lightning"], "lightning"),
        ("Keras", ["keras.callbacks"], "keras"),
    ],
)
def test_a_missing_framework_is_named(monkeypatch, name, modules, package):
    for module in modules:
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(ecnas.MissingDependency, match=f"pip install {package}"):
        getattr(callbacks, name)()


def test_hugging_face_trainer(tmp_path):
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    pytest.importorskip("accelerate")
    if not transformers.utils.is_torch_available():
        pytest.skip("this transformers takes a newer torch")

    class Line(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def forward(self, x, labels):
            predicted = self.layer(x)[:, 0]
            return {"loss": ((predicted - labels) ** 2).mean(), "logits": predicted}

    generator = torch.Generator().manual_seed(1)
    examples = [
        {"x": torch.randn(4, generator=generator), "labels": torch.tensor(1.0)} for _ in range(32)
    ]
    callback = callbacks.HuggingFace(carbon_intensity=100)
    assert isinstance(callback, transformers.TrainerCallback)
    assert isinstance(callback, callbacks.HuggingFace)
    trainer = transformers.Trainer(
        model=Line(),
        args=transformers.TrainingArguments(
            output_dir=str(tmp_path),
            num_train_epochs=2,
            per_device_train_batch_size=8,
            eval_strategy="epoch",
            save_strategy="no",
            logging_steps=1,
            report_to=[],
            use_cpu=True,
            disable_tqdm=True,
            seed=1,
        ),
        train_dataset=examples,
        eval_dataset=examples,
        callbacks=[callback],
    )
    trainer.train()
    measurement = callback.measurement
    assert names_of(measurement) == ["epoch 1", "evaluation", "epoch 2", "evaluation"]
    expect_spans_to_add_up(measurement)
    logged = [entry["energy_kwh"] for entry in trainer.state.log_history]
    assert logged == sorted(logged)
    assert 0 <= logged[0] <= logged[-1] <= measurement.energy_kwh
    assert all("co2eq_g" in entry for entry in trainer.state.log_history)

    trainer.evaluate()  # outside of a training
    assert callback.measurement is measurement
    assert "energy_kwh" not in trainer.state.log_history[-1]
    trainer.train()
    assert callback.measurement is not measurement


def test_lightning_trainer(tmp_path):
    packages = [
        name
        for name in ("lightning.pytorch", "pytorch_lightning")
        if importlib.util.find_spec(name.partition(".")[0]) is not None
    ]
    if not packages:
        pytest.skip("neither lightning nor pytorch_lightning is there")
    lightning = pytest.importorskip(packages[0])
    torch = pytest.importorskip("torch")

    class Line(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            return (self.layer(batch[0]) ** 2).mean()

        def validation_step(self, batch, _):
            self.log("loss", (self.layer(batch[0]) ** 2).mean())

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    images = torch.randn(32, 4, generator=torch.Generator().manual_seed(1))
    loader = torch.utils.data.DataLoader(torch.utils.data.TensorDataset(images), batch_size=8)
    callback = callbacks.Lightning(carbon_intensity=100)
    assert isinstance(callback, lightning.Callback)
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=2,
        callbacks=[callback],
        default_root_dir=str(tmp_path),
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        logger=False,
        num_sanity_val_steps=1,
    )
    trainer.fit(Line(), loader, loader)
    measurement = callback.measurement
    assert names_of(measurement) == [
        "sanity check",
        "epoch 1",
        "evaluation",
        "epoch 2",
        "evaluation",
    ]
    assert [span.depth for span in measurement.spans] == [0, 0, 1, 0, 1]
    expect_spans_to_add_up(measurement)
    logged = float(trainer.callback_metrics["energy_kwh"])
    assert 0 <= logged <= measurement.energy_kwh * (1 + 1e-6)  # logged in 32 bits
    assert float(trainer.callback_metrics["co2eq_g"]) >= 0


def test_an_error_in_lightning_ends_the_measurement(tmp_path):
    lightning = None
    for name in ("lightning.pytorch", "pytorch_lightning"):
        if importlib.util.find_spec(name.partition(".")[0]) is not None:
            lightning = pytest.importorskip(name)
            break
    if lightning is None:
        pytest.skip("neither lightning nor pytorch_lightning is there")
    torch = pytest.importorskip("torch")

    class Failing(lightning.LightningModule):
        def __init__(self):
            super().__init__()
            self.layer = torch.nn.Linear(4, 1)

        def training_step(self, batch, _):
            raise RuntimeError("out of luck")

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.1)

    loader = torch.utils.data.DataLoader(torch.zeros(8, 4), batch_size=4)
    callback = callbacks.Lightning()
    trainer = lightning.Trainer(
        accelerator="cpu",
        max_epochs=1,
        callbacks=[callback],
        default_root_dir=str(tmp_path),
        enable_checkpointing=False,
        enable_model_summary=False,
        enable_progress_bar=False,
        logger=False,
    )
    with pytest.raises(RuntimeError, match="out of luck"):
        trainer.fit(Failing(), loader)
    assert names_of(callback.measurement) == ["epoch 1"]


@pytest.fixture
def keras(monkeypatch):
    if importlib.util.find_spec("keras") is None:
        pytest.skip("keras is not there")
    if "KERAS_BACKEND" not in os.environ:
        backends = [
            name
            for name in ("tensorflow", "torch", "jax")
            if importlib.util.find_spec(name) is not None
        ]
        if not backends:
            pytest.skip("keras has no backend")
        monkeypatch.setenv("KERAS_BACKEND", backends[0])
    return pytest.importorskip("keras")


def test_keras_fit(keras):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.layers.Input((4,)), keras.layers.Dense(1)])
    model.compile(optimizer="sgd", loss="mse")
    x = np.ones((32, 4), dtype=np.float32)
    y = np.zeros((32, 1), dtype=np.float32)
    callback = callbacks.Keras(carbon_intensity=100)
    assert isinstance(callback, keras.callbacks.Callback)
    history = model.fit(x, y, epochs=2, validation_data=(x, y), callbacks=[callback], verbose=0)
    measurement = callback.measurement
    assert names_of(measurement) == ["epoch 1", "evaluation", "epoch 2", "evaluation"]
    assert [span.depth for span in measurement.spans] == [0, 1, 0, 1]
    expect_spans_to_add_up(measurement)
    logged = history.history["energy_kwh"]
    assert len(logged) == 2
    assert 0 <= logged[0] <= logged[1] <= measurement.energy_kwh
    assert len(history.history["co2eq_g"]) == 2

    model.evaluate(x, y, callbacks=[callback], verbose=0)  # outside of a training
    assert callback.measurement is measurement
