"""Opens a llama model folder (Hugging Face layout): config, float weights, tokenizer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from veriquant.formats.checkpoint import read_json
from veriquant.formats.errors import BadInputError
from veriquant.formats.store import load
from veriquant.model.llama import Llama, LlamaConfig, tensor_shapes
from veriquant.narrowing import as_float32
from veriquant.tensor import QuantizedTensor
from veriquant.text import brief


def load_config(folder: Path) -> LlamaConfig:
    """`config.json` of a llama model; raises BadInputError for what the forward pass lacks."""
    path = folder / "config.json"
    try:
        data = read_json(path, "repair it")
    except (FileNotFoundError, NotADirectoryError) as error:
        raise BadInputError(
            "no config.json", file=folder, remedy="give the folder of a Hugging Face llama model"
        ) from error
    needed = {"model_type": "llama", "hidden_act": "silu"}
    absent = ("attention_bias", "mlp_bias", "rope_scaling")
    for key, value in [*needed.items(), *((key, None) for key in absent)]:
        if (data.get(key) or None) != value:
            raise BadInputError(
                f"our forward pass needs {key} = {value}", file=path, value=brief(data.get(key)),
                remedy="collect activations with another program and give them as "
                "NAME.activations (see the calibration file format)",
            )  # fmt: skip
    try:
        config = LlamaConfig.from_json(data)
        config.check()
    except ValueError as error:
        raise BadInputError(str(error), file=path, remedy="repair it") from error
    if data.get("head_dim") not in (None, config.head_dim):
        raise BadInputError(
            "head_dim other than hidden_size / num_attention_heads", file=path,
            value=brief(data["head_dim"]), remedy="use a plain llama model",
        )  # fmt: skip
    return config


def load_llama(folder: Path) -> Llama:
    """The model in `folder`, quantized tensors dequantized. Raises BadInputError."""
    config = load_config(folder)
    weights: dict[str, npt.NDArray[np.float32]] = {}
    for name, tensor in load(folder).items():
        if isinstance(tensor, QuantizedTensor):
            weights[name] = tensor.dequantize()
        else:
            weights[name] = as_float32(tensor, name)
    shapes = tensor_shapes(config, head="lm_head.weight" in weights)
    for name, shape in shapes:  # one by one: `layers` may be any number
        if name not in weights:
            raise BadInputError(
                "tensor is missing", file=folder, tensor=name,
                remedy="give a complete llama checkpoint under Hugging Face names",
            )  # fmt: skip
        if weights[name].shape != shape:
            raise BadInputError(
                f"config.json makes it {list(shape)}", file=folder, tensor=name,
                value=f"shape {list(weights[name].shape)}",
                remedy="give the config.json of this checkpoint",
            )  # fmt: skip
    return Llama(config, weights)


def load_tokenizer(folder: Path) -> Any:
    """`tokenizer.json` of `folder` as a `tokenizers.Tokenizer`. Raises BadInputError."""
    try:
        from tokenizers import Tokenizer
    except ImportError as error:
        raise BadInputError(
            "the tokenizers library is not installed", remedy="pip install 'veriquant[model]'"
        ) from error
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise BadInputError("no tokenizer.json", file=folder, remedy="add the model's tokenizer")
    try:
        return Tokenizer.from_file(str(path))
    except Exception as error:  # the library raises no narrower class
        raise BadInputError(
            f"not a tokenizer: {error}", file=path, remedy="add the model's tokenizer"
        ) from error
