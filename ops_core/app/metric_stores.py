"""Where metrics go, by the installation's settings: values, roll-ups, and who writes them."""

from dataclasses import dataclass

from monitors.store.history import HistoryReader
from monitors.store.late_marking import LateMarking
from monitors.store.protocol import MetricStore
from monitors.store.rolling import RAW_KEPT, RollupWorker
from monitors.store.rollup_ledger import RollupLedger
from monitors.store.rollup_protocol import RollupStore
from monitors.store.spool import Spool
from monitors.store.sqlite import SqliteMetricStore
from monitors.store.sqlite_rollups import SqliteRollupStore
from monitors.store.writer import MetricWriter
from ops_core.kernel.clock import Clock, SystemClock
from ops_core.kernel.settings import Settings
from ops_core.kernel.workers import Workers

SPOOL_LIMIT_BYTES = 256 * 1024 * 1024
SQLITE_FILE = "metrics.sqlite"
LEDGER_FILE = "rollups.sqlite"


@dataclass(frozen=True)
class Stores:
    """The store, the writer that never makes a collector wait, and the roll-ups."""

    store: MetricStore
    writer: MetricWriter
    rollups: RollupStore
    ledger: RollupLedger
    rolling: RollupWorker

    @property
    def history(self) -> HistoryReader:
        """Reads any span at the resolution that fits."""
        return HistoryReader(self.store, self.rollups, self.ledger, RAW_KEPT)

    def close(self) -> None:
        """Write what is queued, then close everything."""
        self.writer.stop()
        self.rollups.close()
        self.store.close()
        self.ledger.close()


def open_stores(
    settings: Settings, workers: Workers | None = None, clock: Clock | None = None
) -> Stores:
    """The metric store of the installation, with a spool on disk where it may be away.

    The embedded store has none: a full disk would take both, and a file that another process holds
    is waited for in memory, where minutes of samples fit.
    """
    clock = clock or SystemClock()
    raw, rollups, spool = _parts(settings)
    ledger = RollupLedger(settings.state_directory / LEDGER_FILE)
    store = LateMarking(raw, ledger, clock)
    return Stores(
        store,
        MetricWriter(store, spool, RAW_KEPT, workers, clock),
        rollups,
        ledger,
        RollupWorker(rollups, ledger, clock),
    )


def _parts(settings: Settings) -> tuple[MetricStore, RollupStore, Spool | None]:
    if settings.metrics == "influxdb":
        spool = Spool(settings.state_directory / "spool", SPOOL_LIMIT_BYTES)
        return *_influx_parts(settings), spool
    file = settings.state_directory / SQLITE_FILE
    return SqliteMetricStore(file), SqliteRollupStore(file), None


def _influx_parts(settings: Settings) -> tuple[MetricStore, RollupStore]:
    # Its client takes a fifth of a second to import, and most installations have no InfluxDB.
    from monitors.store.influx import InfluxAccount, InfluxMetricStore
    from monitors.store.influx_rollups import InfluxRollupStore

    token, password = settings.influxdb_token, settings.influxdb_password
    account = InfluxAccount(
        token=token.get_secret_value() if token else None,
        username=settings.influxdb_username,
        password=password.get_secret_value() if password else None,
        verify_certificate=settings.influxdb_verify_certificate,
    )
    where = (settings.influxdb_url, settings.influxdb_database, account)
    return InfluxMetricStore(*where), InfluxRollupStore(*where)
