"""A small real trainer: deterministic, checkpointed, stopped by SIGTERM and resumed to exactly the same weights."""

from workloads.training.interruption import InterruptionResult, interrupted_and_resumed
from workloads.training.settings import Hyperparameters, TrainingArgs
from workloads.training.trainer import TrainingResult, train

__all__ = ["Hyperparameters", "InterruptionResult", "TrainingArgs", "TrainingResult", "interrupted_and_resumed", "train"]
