"""`python -m quizzes schema` writes the JSON Schema that editors use to complete and check a bank."""

import json
import sys
from pathlib import Path

from quizzes.model import Bank

SCHEMA = Path(__file__).parent / "schema.json"


def schema() -> str:
    """The JSON Schema of a bank (draft 2020-12)."""
    body = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | Bank.model_json_schema()
    return json.dumps(body, indent=2) + "\n"


def main() -> int:
    if sys.argv[1:] != ["schema"]:
        print("Usage: python -m quizzes schema", file=sys.stderr)
        return 2
    SCHEMA.write_text(schema(), "utf-8")
    print(f"wrote quizzes/{SCHEMA.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
