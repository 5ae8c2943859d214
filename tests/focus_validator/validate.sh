#!/usr/bin/env bash
# The official FOCUS validator over our exports: bash tests/focus_validator/validate.sh [FOLDER]
# It builds its own environment (Python 3.12) in FOLDER, a temporary one by default. Exit code 1 where it finds a fault.
set -euo pipefail
repository=$(cd "$(dirname "$0")/../.." && pwd)
work=${1:-$(mktemp -d)}
mkdir -p "$work"
work=$(cd "$work" && pwd)
python=${PYTHON312:-$({ ls "${PYENV_ROOT:-$HOME/.pyenv}"/versions/3.12.*/bin/python 2>/dev/null || command -v python3.12; } | tail -1)}
[ -n "$python" ] || { echo "no Python 3.12: set PYTHON312 to one" >&2; exit 2; }

if [ ! -x "$work/env/bin/focus-validator" ]; then
    "$python" -m venv "$work/env"
    "$work/env/bin/pip" install --quiet --disable-pip-version-check -r "$repository/tests/focus_validator/requirements.txt" 2>&1 | { grep -v '^WARNING: Location' || true; }
fi

rm -rf "$work/bills"
"$repository/.venv/bin/python" "$repository/tests/focus_validator/bills.py" "$work/bills"

# The validator looks for its currency codes below the working directory: it must stand in its own site-packages.
cd "$("$work/env/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')"
for export in "$work"/bills/*.csv "$work"/bills/*.parquet; do
    "$work/env/bin/focus-validator" --data-file "$export" --validate-version 1.2 --block-download --applicability-criteria ALL \
        > "$export.txt" 2> "$export.log" || { tail -3 "$export.log" >&2; }
done
exec "$repository/.venv/bin/python" "$repository/tests/focus_validator/findings.py" "$work/bills"
