from .. import current_app
