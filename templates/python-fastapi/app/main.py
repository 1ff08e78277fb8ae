"""The routes. http://localhost:8000/docs shows them, and tries them out."""

from datetime import datetime
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from app.database import session
from app.notes import Note

app = FastAPI(title="@@name@@")

Database = Annotated[Session, Depends(session)]


class NewNote(BaseModel):
    text: str = Field(min_length=1, max_length=1000)


class NoteOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    text: str
    created_at: datetime


@app.get("/")
def index() -> dict[str, str]:
    return {"service": "@@name@@", "docs": "/docs"}


@app.get("/healthz")
def health(database: Database) -> dict[str, str]:
    """Ready when the database answers and its tables are there."""
    try:
        database.execute(select(Note.id).limit(1))
    except OperationalError as error:
        raise HTTPException(503, "the database does not answer") from error
    return {"status": "ok"}


@app.get("/notes")
def list_notes(database: Database) -> list[NoteOut]:
    notes = database.scalars(select(Note).order_by(Note.id.desc()).limit(100))
    return [NoteOut.model_validate(note) for note in notes]


@app.post("/notes", status_code=201)
def add_note(new: NewNote, database: Database) -> NoteOut:
    note = Note(text=new.text)
    database.add(note)
    database.commit()
    return NoteOut.model_validate(note)
