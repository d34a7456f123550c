"""What is said to whoever asks for a new code: always the same."""

from marshmallow import Schema, fields, validate


class AcceptedOut(Schema):
    status = fields.String(required=True, validate=validate.Equal("accepted"))
