"""Of CodePipeline's GetPipelineState, the parts that are used."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class _Answer(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


class ActionExecution(_Answer):
    """The last time that an action ran."""

    status: str = "InProgress"
    summary: str = ""
    last_status_change: datetime | None = None
    last_updated_by: str = ""
    """ARN of the session that gave an approval's result."""


class ActionState(_Answer):
    """An action of a stage."""

    action_name: str
    latest_execution: ActionExecution | None = None


class StageExecution(_Answer):
    """The last time that a stage ran."""

    pipeline_execution_id: str


class StageState(_Answer):
    """A stage with its actions."""

    stage_name: str
    latest_execution: StageExecution | None = None
    action_states: tuple[ActionState, ...] = ()


class PipelineState(_Answer):
    """A pipeline with its stages."""

    stage_states: tuple[StageState, ...] = ()

    def stage(self, name: str) -> StageState | None:
        """A stage by its name."""
        return next((each for each in self.stage_states if each.stage_name == name), None)
