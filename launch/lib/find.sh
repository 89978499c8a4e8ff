# shellcheck shell=bash
# Questions about this machine. Sourced; they answer by exit status or on stdout. Only find_onednn changes
# something: the environment of the script that calls it.

# With pipefail, a reader that stops early (grep -q, head) can fail its writer at random; so these read to the end.
has() { command -v "$1" >/dev/null 2>&1; }

has_openmpi_headers() { has pkg-config && pkg-config --exists ompi-c; }
# MPICH's mpirun has the same name and takes other options.
has_openmpi_launcher() { has mpirun && [[ $(mpirun --version 2>/dev/null) == *'Open MPI'* ]]; }
has_turbojpeg() { has pkg-config && pkg-config --exists libturbojpeg; }
has_libjpeg() { has pkg-config && pkg-config --exists libjpeg; }
has_libpng() { has pkg-config && pkg-config --exists 'libpng >= 1.6'; }
has_zlib() { has pkg-config && pkg-config --exists zlib; }
has_gomp() { loader_finds libgomp.so.1; }

# Often not on an ordinary user's PATH.
has_network_tools() { PATH=$PATH:/usr/sbin:/sbin has ip && PATH=$PATH:/usr/sbin:/sbin has tc; }

# oneDNN 3 with a dnnl.pc, which is how Package.swift finds it.
has_onednn() { has pkg-config && pkg-config --exists 'dnnl >= 3.0' 'dnnl < 4.0'; }

# The version of oneDNN whose headers stand in DIR, for example 3.7.2; nothing if there are none.
onednn_header_version() {
  local header=$1/oneapi/dnnl/dnnl_version.h
  [[ -r $header ]] || return 0
  awk '/#define DNNL_VERSION_(MAJOR|MINOR|PATCH)/ { v = v (v == "" ? "" : ".") $3 } END { print v }' "$header"
}

# library_path NAME: the file that the dynamic linker takes for NAME without LD_LIBRARY_PATH; nothing if it knows none.
# ldconfig is often not on an ordinary user's PATH.
library_path() {
  PATH=$PATH:/usr/sbin:/sbin ldconfig -p 2>/dev/null | awk -v name="$1" '$1 == name && !found { print $NF; found = 1 }'
}

loader_finds() { [[ -n $(library_path "$1") ]]; }

# find_onednn PREFIX: lets pkg-config and the dynamic linker of this script and its children find oneDNN, also
# where it stands under PREFIX and the person's own environment does not name that.
find_onednn() {
  if ! has_onednn && [[ -e $1/lib/pkgconfig/dnnl.pc ]]; then
    export PKG_CONFIG_PATH="$1/lib/pkgconfig${PKG_CONFIG_PATH:+:$PKG_CONFIG_PATH}"
  fi
  has_onednn || return 0
  local libdir
  libdir=$(pkg-config --variable=libdir dnnl)
  if [[ -e $libdir/libdnnl.so.3 && :${LD_LIBRARY_PATH:-}: != *:"$libdir":* ]] &&
    ! loader_finds libdnnl.so.3; then
    export LD_LIBRARY_PATH="$libdir${LD_LIBRARY_PATH:+:$LD_LIBRARY_PATH}"
  fi
}

# Where setup puts oneDNN unless told otherwise.
default_prefix() { if ((EUID == 0)); then echo /usr/local; else echo "$HOME/.local"; fi; }

# The version of the Swift on PATH, for example 6.3.1; nothing if there is none or it does not start.
swift_version() {
  { swift --version 2>/dev/null || true; } |
    awk 'match($0, /Swift version [0-9.]+/) && !found { print substr($0, RSTART + 14, RLENGTH - 14); found = 1 }'
}

# at_least WANTED VERSION
at_least() { [[ -n $2 ]] && printf '%s\n%s\n' "$1" "$2" | sort --version-sort --check=quiet; }
