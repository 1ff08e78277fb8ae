"""Asks the app's own functions, with the real database behind them: `devenv run test`."""

import unittest

from app import health, page


class Test(unittest.TestCase):
    def test_the_app_is_healthy(self):
        self.assertEqual(health(), "ok\n")

    def test_the_page_shows_what_the_database_has(self):
        self.assertIn("<b>Hello</b><span>English</span>", page())


if __name__ == "__main__":
    unittest.main()
