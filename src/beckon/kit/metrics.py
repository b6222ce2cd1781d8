"""The figures Beckon keeps of itself, in Prometheus's terms."""

from prometheus_client import Counter, Gauge, Histogram

CALLS = Counter("beckon_api_calls_total", "API calls by operation and status.", ["name", "status"])
CALL_SECONDS = Histogram("beckon_api_call_seconds", "Time to answer an API call, in seconds.")
MESSAGES = Gauge("beckon_messages", "Messages not at a good end, by state.", ["state"])
STEPS = Counter("beckon_engine_steps_total", "Steps of the engine that did work.", ["step"])
STEP_FAULTS = Counter("beckon_engine_step_faults_total", "Steps that failed.", ["step"])
ANALYTICS_UP = Gauge("beckon_analytics_up", "Whether the embedded analytics engine runs.")
ANALYTICS_STARTS = Counter("beckon_analytics_starts_total", "Starts of the analytics engine.")
ANALYTICS_BATCHES = Counter("beckon_analytics_batches_total", "Batches sent there.", ["stream"])
ANALYTICS_LAG_LINES = Gauge("beckon_analytics_lag_lines", "Lines not there yet.", ["stream"])
ANALYTICS_LAG_SECONDS = Gauge(
    "beckon_analytics_lag_seconds", "Age of the oldest line not there yet, in seconds.", ["stream"]
)
