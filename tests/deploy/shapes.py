"""What platforms' own references say of the fields that our files use, as JSON Schemas.

These platforms publish schemas, but no package brings them along: .github/workflows/tests.yml asks their
addresses. Strict: a field that is not here was not looked up.
"""

from typing import Any

TEXT = {"type": "string", "minLength": 1}
SECONDS = {"type": "integer", "minimum": 1, "maximum": 300}


def only(required: str, /, **fields: Any) -> dict[str, Any]:
    """An object of these fields and no others."""
    return {
        "type": "object",
        "properties": fields,
        "required": required.split(),
        "additionalProperties": False,
    }


# devcenter.heroku.com/articles/app-json-schema; of Dokku's (dokku.com/docs/appendices/file-formats/app-json)
# the healthchecks, which Heroku leaves alone.
HEROKU = only(
    "name env addons formation buildpacks",
    name={"type": "string", "pattern": "^[a-zA-Z-_.]+$", "maxLength": 30},
    description={"type": "string", "maxLength": 140},
    keywords={"type": "array", "items": TEXT},
    buildpacks={"type": "array", "items": only("url", url=TEXT)},
    addons={"type": "array", "items": only("plan", plan=TEXT)},
    env={
        "type": "object",
        "propertyNames": {"pattern": "^[A-Z][A-Z0-9_]*$"},
        "additionalProperties": only(
            "description", description=TEXT, required={"type": "boolean"}, generator={"const": "secret"}
        ),
    },
    formation={
        "type": "object",
        "additionalProperties": only(
            "quantity",
            quantity={"type": "integer", "minimum": 0},
            size={"enum": ["eco", "basic", "standard-1x", "standard-2x"]},
        ),
    },
    healthchecks={
        "type": "object",
        "additionalProperties": {
            "type": "array",
            "items": only(
                "type name path",
                type={"enum": ["startup", "liveness", "readiness"]},
                name=TEXT,
                path=TEXT,
                attempts={"type": "integer"},
                wait={"type": "integer"},
                timeout={"type": "integer"},
            ),
        },
    },
)

# render.com/docs/blueprint-spec
RENDER_VARIABLE = {
    "oneOf": [
        only("key value", key=TEXT, value=TEXT),
        only("key generateValue", key=TEXT, generateValue={"const": True}),
        only("key sync", key=TEXT, sync={"const": False}),
        only(
            "key fromDatabase",
            key=TEXT,
            fromDatabase=only("name property", name=TEXT, property={"const": "connectionString"}),
        ),
        only(
            "key fromService",
            key=TEXT,
            fromService=only(
                "type name envVarKey", type={"enum": ["web", "worker"]}, name=TEXT, envVarKey=TEXT
            ),
        ),
    ]
}
RENDER = only(
    "services databases",
    services={
        "type": "array",
        "items": only(
            "type name runtime plan buildCommand startCommand envVars",
            type={"enum": ["web", "worker"]},
            name=TEXT,
            runtime={"const": "python"},
            plan={"enum": ["free", "starter", "standard", "pro"]},
            buildCommand=TEXT,
            preDeployCommand=TEXT,
            startCommand=TEXT,
            healthCheckPath=TEXT,
            maxShutdownDelaySeconds=SECONDS,
            envVars={"type": "array", "items": RENDER_VARIABLE},
        ),
    },
    databases={
        "type": "array",
        "items": only("name plan", name=TEXT, plan={"enum": ["free", "basic-256mb", "basic-1gb"]}),
    },
)

# docs.railway.com/config-as-code/reference; seconds are numbers (its example has strings, which are refused:
# railwayapp/docs, issue 1243), and there is at most one command before the deploy.
RAILWAY = only(
    "$schema build deploy",
    **{"$schema": {"const": "https://railway.com/railway.schema.json"}},
    build=only("builder dockerfilePath", builder={"const": "DOCKERFILE"}, dockerfilePath=TEXT),
    deploy=only(
        "startCommand drainingSeconds",
        startCommand=TEXT,
        preDeployCommand={"type": "array", "items": TEXT, "maxItems": 1},
        healthcheckPath=TEXT,
        healthcheckTimeout={"type": "integer"},
        drainingSeconds=SECONDS,
        restartPolicyType={"enum": ["ON_FAILURE", "ALWAYS", "NEVER"]},
    ),
)

# fly.io/docs/reference/configuration
FLY = only(
    "app primary_region kill_signal kill_timeout build deploy processes http_service vm",
    app=TEXT,
    primary_region={"type": "string", "pattern": "^[a-z]{3}$"},
    kill_signal={"enum": ["SIGINT", "SIGTERM", "SIGQUIT"]},
    kill_timeout=SECONDS,
    build=only("dockerfile", dockerfile=TEXT),
    deploy=only("release_command", release_command=TEXT, strategy={"enum": ["rolling", "bluegreen"]}),
    processes={"type": "object", "additionalProperties": TEXT},
    http_service=only(
        "processes internal_port checks",
        processes={"type": "array", "items": TEXT},
        internal_port={"type": "integer"},
        force_https={"type": "boolean"},
        auto_stop_machines={"enum": ["off", "stop", "suspend"]},
        min_machines_running={"type": "integer"},
        checks={
            "type": "array",
            "items": only(
                "path",
                method=TEXT,
                path=TEXT,
                interval={"type": "string", "pattern": "^[0-9]+s$"},
                timeout={"type": "string", "pattern": "^[0-9]+s$"},
                grace_period={"type": "string", "pattern": "^[0-9]+s$"},
            ),
        },
    ),
    vm={"type": "array", "items": only("size memory", size=TEXT, memory=TEXT)},
)
