"""A glance at an upload: its picture and what each model may say of it, for the list of the visit. Nothing is kept."""

import base64

from data_cache.case import Case
from data_cache.errors import InputError
from ui.catalogue import THUMBNAIL_SIDE
from ui.content import assessment_content
from ui.engine import Engine
from ui.memory import Budget
from ui.messages import Message
from ui.rendering import thumbnail
from ui.session import OpenCase
from ui.uploads import Upload


def glance(upload: Upload, engine: Engine, memory: Budget) -> Message:
    """Return what the list shows of an upload, which leaves the disk; what is wrong with it is said in one sentence."""
    shown: Message = {"name": upload.name, "thumbnail": "", "assessments": {}, "error": ""}
    try:
        with upload, upload.share(memory) as share:
            share.wait()
            case = Case.from_upload(upload.take(), upload.name)
            reading = OpenCase.of(case, "glance")
            picture = base64.b64encode(thumbnail(case.read().pixels, THUMBNAIL_SIDE)).decode("ascii")
            reading.assess(engine.models(), engine.profiles())
    except InputError as error:
        return shown | {"error": " ".join(str(error).split())}
    said = {key: assessment_content(one) for key, one in reading.assessments.items()}
    return shown | {"thumbnail": f"data:image/jpeg;base64,{picture}", "assessments": said}
