"""An inference server for the digits model, with SageMaker's container contract: GET /ping and POST /invocations on port 8080."""

from workloads.serving.golden import ServingResult, golden_request

__all__ = ["ServingResult", "golden_request"]
