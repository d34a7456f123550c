"""Accounts of those who lead: two who may decide about each other, a programme lead, an officer of privacy."""

from flask import Flask
from flask.testing import FlaskClient
from pymongo.database import Database

from shared.auth import accounts
from tests.integration.booking_pages import visitor

WHO = {
    "lead": ["supervisor"],
    "second": ["supervisor"],
    "programme": ["programme_lead"],
    "privacy": ["privacy_officer"],
}


def signed_in(app: Flask, db: Database, who: str) -> FlaskClient:
    account = {"name": f"Sample {who}", "roles": WHO[who], "offices": ["guatemala"] if who == "lead" else ["*"]}
    same = db.accounts.find_one({"email": "clerk@sendero.test"})
    db.accounts.update_one(
        {"email": f"{who}@sendero.test"},
        {"$set": account | {"password": same["password"], "credentials_version": 1}, "$setOnInsert": accounts.new()},
        upsert=True,
    )
    client = app.test_client()
    visitor.sign_in(client, who)
    return client
