"""Messages of `logging` as events."""

import logging
import os

import simvue

logger = logging.getLogger("parity")
logger.setLevel(logging.DEBUG)
with simvue.Run(mode=os.environ["MODE"]) as run:
    run.init("handler", folder="/parity/handler")
    handler = simvue.Handler(run)
    handler.setFormatter(logging.Formatter("%(levelname)s %(message)s"))
    logger.addHandler(handler)
    logger.debug("details")
    logger.info("hello %s", "world")
    logger.error("trouble")
    logging.getLogger("simvue.inside").warning("not for the run")
    try:
        int("x")
    except ValueError:
        logger.exception("caught")
    logger.removeHandler(handler)
