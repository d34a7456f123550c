"""How gunicorn serves: worker.py is its worker, named in deploy/gunicorn.conf.py."""
