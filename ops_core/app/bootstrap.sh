#!/bin/sh
# Prepares a machine for `make run` (argument: run) or `make test` (argument: test): system
# packages where it may install them, then the Python environment from the lock file.
# It prints what it installs, and changes nothing where nothing is missing.
set -eu
purpose=${1:?usage: bootstrap.sh run|test}
cd "$(dirname "$0")/../.."

RUN_PACKAGES="python3 python3-venv iproute2 iputils-ping util-linux procps tini frr frr-snmp
  frr-pythontools keepalived nftables ulogd2 conntrack conntrackd snmpd snmp haproxy kamailio rsyslog
  openssh-server openssh-client fonts-noto-cjk"
TEST_PACKAGES="chromium-headless-shell influxdb postgresql prometheus-snmp-exporter tcpdump gcc libc6-dev"

wanted=$RUN_PACKAGES
[ "$purpose" = test ] && wanted="$wanted $TEST_PACKAGES"
[ "${METRICS:-sqlite}" = influxdb ] && wanted="$wanted influxdb"

installed() { dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null | grep -qx installed; }

missing_packages() {
  for package in $wanted; do installed "$package" || printf '%s ' "$package"; done
}

# Daemons of freshly installed packages must not start on the machine itself: they belong into
# the twin. policy-rc.d is Debian's own switch for that; systemd units are disabled afterwards.
install_packages() {
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' > "$policy"; chmod 755 "$policy"
    trap 'rm -f /usr/sbin/policy-rc.d' EXIT INT TERM
  fi
  echo "zhishou: installing system packages: $*"
  apt-get update -qq
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
  if [ -d /run/systemd/system ]; then
    for package in "$@"; do
      dpkg-query -L "$package" | sed -n 's#.*/systemd/system/\([^/@]*\.service\)$#\1#p' |
        while read -r unit; do systemctl disable --quiet "$unit" || true; done
    done
  fi
}

if command -v apt-get >/dev/null && [ "$(uname -s)" = Linux ]; then
  missing=$(missing_packages)
  if [ -n "$missing" ]; then
    if [ "$(id -u)" = 0 ]; then
      # shellcheck disable=SC2086 -- a list of words
      install_packages $missing
    else
      echo "zhishou: not root, so these packages stay missing: $missing"
    fi
  fi
fi

# Debian's own interpreter is built with profile-guided and link-time optimisation. One that somebody
# compiled (pyenv) seldom is, stands first on the PATH, and takes up to twice the processor time. Of a
# Python that is newer than the lock file nobody knows whether every package has a wheel for it.
system_python=/usr/bin/python3
if [ -z "${UV_PYTHON:-}" ] &&
  $system_python -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' 2>/dev/null; then
  export UV_PYTHON=$system_python
fi
export UV_PYTHON_DOWNLOADS=never
if ! command -v uv >/dev/null; then
  tools=.zhishou/tools
  if [ ! -x $tools/bin/uv ]; then
    echo "zhishou: installing uv (Python package manager) into $tools"
    mkdir -p .zhishou
    python3 -m venv $tools
    $tools/bin/python -m pip install --quiet 'uv>=0.5'
  fi
  PATH="$PWD/$tools/bin:$PATH"
fi
if ! uv sync --frozen --quiet --check 2>/dev/null; then
  echo "zhishou: installing Python packages from uv.lock into .venv"
  uv sync --frozen --quiet --compile-bytecode
fi
# Also where the environment forbids Python to write bytecode: every start would compile anew.
.venv/bin/python -m compileall -q device_configs incident monitors ops_core seat_assets wallboard
