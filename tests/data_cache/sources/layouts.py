"""Small files in the exact layouts of datasets that cannot be shipped."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def write(root: Path, files: Mapping[str, Any]) -> Path:
    """Write files below a folder: text as it is, anything else as JSON."""
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return root


def table(*lines: str) -> str:
    """Lines of a table."""
    return "\n".join(lines) + "\n"


VINDR = {
    "annotations/annotations_train.csv": table(
        "image_id,rad_id,class_name,x_min,y_min,x_max,y_max",
        "000434,R9,No finding,,,,",
        "000434,R8,No finding,,,,",
        "000434,R17,No finding,,,,",
        "00053190,R8,Cardiomegaly,691.5,1375.25,1653,1831",
        "00053190,R10,Rib fracture,100,200,150,260",
        "00053190,R2,No finding,,,,",
    ),
    "annotations/annotations_test.csv": table(
        "image_id,class_name,x_min,y_min,x_max,y_max",
        "002a34c5,No finding,,,,",
        "00a2145d,Nodule/Mass,10,20,30,40",
    ),
}

MS_CXR = {
    "MS_CXR_Local_Alignment_v1.0.0.csv": table(
        "dicom_id,category_name,label_text,path,x,y,w,h,image_width,image_height",
        "a1b2-c3,Pneumonia,left lower pneumonia,files/p10/p10000032/s50414267/a1b2-c3.jpg,100,200,300,400,2544,3056",
        "a1b2-c3,Edema,mild edema,files/p10/p10000032/s50414267/a1b2-c3.jpg,10,20,30,40,2544,3056",
        "d4e5-f6,Pneumothorax,right apical,files/p10/p10000032/s1/d4e5-f6.jpg,5,6,7,8,2022,1736",
    )
}

_PADCHEST = (
    {
        "StudyID": "S1",
        "ImageID": "216840111366964012989926673512011074122523403_00-163-058.png",
        "findings": [
            {
                "sentence_en": "Cardiomegaly.",
                "sentence_es": "Cardiomegalia.",
                "abnormal": True,
                "labels": ["cardiomegaly"],
                "locations": ["cardiac"],
                "boxes": [[0.25, 0.5, 0.75, 0.875]],
                "extra_boxes": [[0.25, 0.5, 0.5, 0.75]],
                "progression": None,
            },
            {"sentence_en": "No effusion.", "sentence_es": "Sin derrame.", "abnormal": False},
        ],
    },
    {
        "StudyID": "S2",
        "ImageID": "b.png",
        "findings": [
            {
                "sentence_en": "Effusion and scoliosis.",
                "sentence_es": "-",
                "abnormal": True,
                "labels": ["pleural effusion", "scoliosis"],
                "locations": [],
                "boxes": [[0, 0, 0.5, 0.5], [0.5, 0.5, 1, 1]],
            }
        ],
    },
)
PADCHEST_GR = {
    "grounded_reports_20240819.json": list(_PADCHEST),
    "master_table.csv": table(
        "StudyID,ImageID,PatientID,split,label,label_group",
        "S1,a.png,P9,train,cardiomegaly,cardiomegaly",
        "S1,a.png,P9,train,normal,normal",
        "S2,b.png,P7,test,pleural effusion,pleural effusion",
    ),
}

TBX11K = {
    "annotations/json/TBX11K_train.json": {
        "info": {},
        "images": [
            {"id": 1, "file_name": "tb/tb0003.png", "width": 512, "height": 512},
            {"id": 2, "file_name": "health/h0001.png", "width": 512, "height": 512},
        ],
        "annotations": [
            {"id": 1, "image_id": 1, "category_id": 1, "bbox": [10.5, 20, 100, 50], "area": 5000, "iscrowd": 0}
        ],
        "categories": [
            {"id": 1, "name": "ActiveTuberculosis", "supercategory": "Tuberculosis"},
            {"id": 2, "name": "ObsoletePulmonaryTuberculosis", "supercategory": "Tuberculosis"},
            {"id": 3, "name": "PulmonaryTuberculosis", "supercategory": "Tuberculosis"},
        ],
    }
}

OBJECT_CXR = {
    "train.csv": table(
        "image_name,annotation",
        "00001.jpg,",
        "00002.jpg,0 10 20 30 60;1 100 100 140 120;2 200 200 240 200 220 260",
    ),
    "dev.csv": table("image_name,annotation", "08001.jpg,2 1 1 9 1 9 9 1 9"),
}


def coco(images: Sequence[Mapping[str, Any]], annotations: Sequence[Any], names: Sequence[str]) -> dict[str, Any]:
    """A COCO file whose categories are numbered from 1."""
    categories = [{"id": number, "name": name} for number, name in enumerate(names, 1)]
    return {"images": list(images), "annotations": list(annotations), "categories": categories}
