Feature: Steps that do not exist

  Scenario: Misspelt ones
    Given the user was "ada"
    And the "Class" entity
      | key |
      | 7   |
    When the mutation is send
      """
      mutation { x }
      """
    Then both implementations aggree
    And "Class/7" has changed
