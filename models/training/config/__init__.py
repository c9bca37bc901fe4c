"""The settings of one training run: a YAML file in which an unknown key is an error."""

from models.training.config.data import AugmentationConfig, DataConfig
from models.training.config.loss import LossConfig, SecondViewConfig, SegmentationConfig
from models.training.config.optimizer import OptimizerConfig, Stage
from models.training.config.reading import load_config
from models.training.config.run import RunConfig, TrainingConfig
from models.training.config.teacher import TeacherConfig

__all__ = [
    "AugmentationConfig",
    "DataConfig",
    "LossConfig",
    "OptimizerConfig",
    "RunConfig",
    "SecondViewConfig",
    "SegmentationConfig",
    "Stage",
    "TeacherConfig",
    "TrainingConfig",
    "load_config",
]
