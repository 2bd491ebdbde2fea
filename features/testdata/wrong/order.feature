Feature: Steps in the wrong order

  Scenario: An expectation before the request
    Then both implementations agree

  Scenario: A fixture after the request
    When the query is sent
      """
      { classes { id } }
      """
    Given the user is "ada"
    When the query is sent
      """
      { classes { id } }
      """
    Then there is no error

  Scenario: Nothing is sent
    Given the user is "ada"

  Scenario: Nothing is checked
    When the query is sent
      """
      { classes { id } }
      """

  Scenario: Nothing was recorded
    When the recorded mutation is sent
    Then both implementations agree
