"""Logs finished runs to MLflow."""

import os

# MLflow reports usage to its makers unless told not to, when it is imported (mlflow.org, "Usage Tracking").
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
