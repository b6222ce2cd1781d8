"""The figures Beckon keeps of itself, in Prometheus's terms."""

from prometheus_client import Counter, Gauge, Histogram

CALLS = Counter("beckon_api_calls_total", "API calls by operation and status.", ["name", "status"])
CALL_SECONDS = Histogram("beckon_api_call_seconds", "Time to answer an API call, in seconds.")
MESSAGES = Gauge("beckon_messages", "Messages not at a good end, by state.", ["state"])
STEPS = Counter("beckon_engine_steps_total", "Steps of the engine that did work.", ["step"])
STEP_FAULTS = Counter("beckon_engine_step_faults_total", "Steps that failed.", ["step"])
