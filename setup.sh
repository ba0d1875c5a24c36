#!/bin/sh
# Prepares a fresh Debian 12 to build, run and test ecnas: packages by apt, a Python virtual
# environment in .venv, locked Node packages for charts, pages and their tests. What is there is left
# alone, so a second run takes a second and needs no network.
#
#   ./setup.sh            everything: build, run, test, benchmark, check
#   ./setup.sh --minimal  what building and running the program takes: no tests, no training
#   ./setup.sh --peers    everything, and the large packages that bench/run compares with
set -eu
cd "$(dirname "$0")"

run_packages="g++ cmake ninja-build ccache pkg-config python3-dev
  libfmt-dev libcli11-dev nlohmann-json3-dev libxxhash-dev libarchive-dev
  libeigen3-dev libxgboost-dev zlib1g-dev libcpp-httplib-dev libcurl4-openssl-dev libssl-dev
  libjpeg-dev libpng-dev libtomlplusplus-dev
  graphviz librsvg2-bin fonts-dejavu-core"
# LibTorch's BLAS is OpenBLAS: with the reference BLAS, which it takes else, it is 27 times slower.
train_packages="libtorch-dev libopenblas0-pthread"
test_packages="git openssl doxygen python3 python3-venv strace zsh chromium slurm-wlm munge
  libgtest-dev librapidcheck-dev libbenchmark-dev libpagmo-dev
  protobuf-compiler libprotobuf-dev dataset-fashion-mnist
  clang-16 clang-tidy-16 clang-format-16 libclang-rt-16-dev
  python3-torch"
peer_packages="python3-scipy"
requirements=tests/requirements.txt
peer_requirements=bench/requirements.txt

fail() {
  echo "setup.sh: $*" >&2
  exit 1
}

minimal=no
peers=no
for argument in "$@"; do
  case $argument in
    --minimal) minimal=yes ;;
    --peers) peers=yes ;;
    -h | --help)
      sed -n '2,8s/^# \{0,1\}//p' "$0"
      exit 0
      ;;
    *) fail "unknown argument '$argument'; there are --minimal and --peers" ;;
  esac
done

# Names of packages among "$@" that are not installed.
missing_among() {
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
      printf '%s ' "$package"
  done
}

# A machine with certificates of its own keeps them: the package would replace them.
certificate_packages() {
  [ -s /etc/ssl/certs/ca-certificates.crt ] || echo ca-certificates
}

# Debian's Node serves where none of at least version 18 is on the path.
node_packages() {
  version=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/')
  if [ "${version:-0}" -lt 18 ]; then
    echo nodejs npm
  elif ! command -v npm >/dev/null; then
    echo npm
  fi
}

# Runs a command quietly; its output appears only if it fails. $1 says what it does.
quietly() {
  purpose=$1
  shift
  log=$(mktemp)
  if ! "$@" >"$log" 2>&1 </dev/null; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "$purpose failed (last lines above): $*"
  fi
  rm -f "$log"
}

install_packages() {
  wanted=$run_packages
  [ $minimal = yes ] || wanted="$wanted $train_packages $test_packages"
  [ $peers = no ] || wanted="$wanted $peer_packages"
  # shellcheck disable=SC2046,SC2086  # lists of words
  command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
    fail "needs apt (Debian 12 or like it); elsewhere install what these packages hold: " $wanted
  # shellcheck disable=SC2046,SC2086
  missing=$(missing_among $wanted $(certificate_packages) $(node_packages))
  if [ -z "$missing" ]; then
    echo "packages: all there"
    return
  fi
  as_root=
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "needs root or sudo to run: apt-get install --no-install-recommends $missing"
    as_root="sudo env"
  fi
  # shellcheck disable=SC2086
  set -- $missing
  echo "packages: installing $#: $*"
  export DEBIAN_FRONTEND=noninteractive
  apt="${as_root:-env} DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=300"
  # shellcheck disable=SC2086
  quietly "reading the package lists" $apt update
  # shellcheck disable=SC2086
  quietly "installing packages" $apt install -y --no-install-recommends "$@"
}

# The peers that the tests read our files with.
make_virtual_environment() {
  if [ -x .venv/bin/python ] && cmp -s $requirements .venv/requirements.installed; then
    echo "python: .venv is up to date"
    return
  fi
  echo "python: making .venv with $(tr '\n' ' ' <$requirements)"
  python=/usr/bin/python3  # Debian's, whatever else is on the path
  [ -x $python ] || python=python3
  rm -rf .venv
  quietly "making .venv" $python -m venv .venv
  quietly "installing Python packages" \
    .venv/bin/python -m pip install --quiet --disable-pip-version-check -r $requirements
  cp $requirements .venv/requirements.installed
}

# What bench/run compares with and Debian has not.
install_python_peers() {
  if cmp -s $peer_requirements .venv/peers.installed; then
    echo "python: peers: up to date"
    return
  fi
  echo "python: peers: installing $(tr '\n' ' ' <$peer_requirements)"
  quietly "installing Python peers" \
    .venv/bin/python -m pip install --quiet --disable-pip-version-check \
    -r $requirements -r $peer_requirements
  cp $peer_requirements .venv/peers.installed
}

# The locked packages of one directory. Their install scripts are not run: none is needed. $1 says
# what they are for.
install_node_packages() {
  purpose=$1
  directory=$2
  if cmp -s "$directory/package-lock.json" "$directory/node_modules/.installed-lock.json"; then
    echo "node: $purpose: up to date"
    return
  fi
  echo "node: $purpose: installing the locked packages of $directory"
  quietly "npm ci" npm ci --prefix "$directory" --no-audit --no-fund --ignore-scripts
  cp "$directory/package-lock.json" "$directory/node_modules/.installed-lock.json"
}

install_packages
[ $minimal = yes ] || make_virtual_environment
[ $minimal = yes ] || [ $peers = no ] || install_python_peers
install_node_packages "charts" src/report/chart
install_node_packages "pages" src/report/page
[ $minimal = yes ] || install_node_packages "tests of pages" tests/page
if [ $minimal = yes ]; then
  echo "next: cmake --preset release -DECNAS_BUILD_TESTS=OFF -DECNAS_BUILD_BENCHMARKS=OFF &&" \
    "cmake --build --preset release"
fi
